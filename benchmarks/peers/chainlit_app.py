"""A Chainlit application as its documentation shows it: stream the answer of LangChain's ChatOpenAI."""

import os

import chainlit
from langchain_openai import ChatOpenAI

model = ChatOpenAI(
    base_url=os.environ["BENCHMARK_PROVIDER"],
    api_key="none",
    model=os.environ["BENCHMARK_MODEL"],
    stream_usage=False,
)


@chainlit.on_message
async def answer(message: chainlit.Message) -> None:
    """Answer a message token by token."""
    reply = chainlit.Message(content="")
    async for chunk in model.astream(message.content):
        if chunk.content:
            await reply.stream_token(chunk.content)
    await reply.send()
