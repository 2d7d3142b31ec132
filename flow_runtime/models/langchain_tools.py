"""Our tools as LangChain tools, so that a Peer's toolset works in any LangChain agent. Import it late."""

from collections.abc import Awaitable, Callable

import orjson
from langchain_core.tools import StructuredTool, ToolException

from flow_runtime.errors import FlowError, Json
from flow_runtime.model import ToolSpec
from flow_runtime.tool_arguments import checked_arguments

Execute = Callable[[str, dict[str, Json]], Awaitable[Json]]
"""Runs the tool of that name with valid arguments and gives its result."""


def langchain_tool(tool: ToolSpec, execute: Execute) -> StructuredTool:
    """The tool for a LangChain agent.

    LangChain does not validate arguments against a JSON Schema, so this does: nothing is executed with arguments that
    break the schema. What is wrong, and any `FlowError` of the execution, is told to the model as the tool's result.
    """

    async def run(**arguments: Json) -> str:
        try:
            valid = checked_arguments(tool, orjson.dumps(arguments).decode())
            result = await execute(tool.name, valid)
        except FlowError as error:
            raise ToolException(orjson.dumps({"error": error.as_json()}).decode()) from error
        return result if isinstance(result, str) else orjson.dumps(result).decode()

    return StructuredTool(
        name=tool.name,
        description=tool.description,
        args_schema=dict(tool.parameters),
        coroutine=run,
        handle_tool_error=True,
    )
