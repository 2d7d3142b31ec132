"""The servers that tests start are real, fresh, and gone afterwards."""

import asyncpg
import pytest
import redis.asyncio as redis

from tests.services.postgres import PostgresServer


@pytest.mark.anyio
async def test_postgres_url_is_an_empty_database_that_writes_to_disk(postgres_url: str) -> None:
    # Given a connection to the test's own database
    connection = await asyncpg.connect(postgres_url)
    # When it is asked what it holds and how it commits
    tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    settings = [await connection.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit")]
    await connection.close()
    # Then it holds nothing, and a commit is durable
    assert tables == 0
    assert settings == ["on", "on"]


def test_postgres_template_is_copied(postgres_server: PostgresServer) -> None:
    # Given a database with a table
    template = postgres_server.create_database()
    postgres_server.sql("CREATE TABLE made (here int)", database=template)
    # When a second one is made from it
    copy = postgres_server.create_database(template=template)
    # Then it has the table too
    assert postgres_server.sql("SELECT count(*) FROM made", database=copy) == "0"
    postgres_server.drop_database(copy)
    postgres_server.drop_database(template)


@pytest.mark.anyio
async def test_redis_url_is_empty(redis_url: str) -> None:
    # Given a client
    async with redis.from_url(redis_url) as client:
        # When it counts the keys, and leaves one behind
        keys = await client.dbsize()
        await client.set("left", "behind")
    # Then there were none
    assert keys == 0


@pytest.mark.anyio
async def test_redis_url_is_empty_again(redis_url: str) -> None:
    async with redis.from_url(redis_url) as client:
        assert await client.dbsize() == 0
