"""The shop's HTTP face."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from examples.shop_api.data import FORECAST, ORDERS, PARTS, TECHNICIANS
from examples.shop_api.ledger import Ledger


def create_shop(state: Path) -> Starlette:
    """The shop over a ledger file; orders and stock are fixed, only refunds are remembered."""
    ledger = Ledger(state)

    async def order(request: Request) -> Response:
        found = ORDERS.get(request.path_params["order_id"])
        if found is None:
            return JSONResponse({"error": "there is no such order"}, status_code=404)
        return JSONResponse(found)

    async def refund(request: Request) -> Response:
        body = await request.json()
        if body.get("order") not in ORDERS:
            return JSONResponse({"error": "there is no such order"}, status_code=404)
        receipt = ledger.refund(body["order"], float(body["amount"]), key=request.headers.get("idempotency-key"))
        return JSONResponse(receipt, status_code=201)

    async def charges(_request: Request) -> Response:
        return JSONResponse(ledger.summary())

    async def technicians(request: Request) -> Response:
        skill = request.query_params.get("skill")
        return JSONResponse([person for person in TECHNICIANS if skill in (None, person["skill"])])

    async def parts(_request: Request) -> Response:
        return JSONResponse(PARTS)

    async def forecast(_request: Request) -> Response:
        return JSONResponse(FORECAST)

    return Starlette(
        routes=[
            Route("/orders/{order_id}", order),
            Route("/refunds", refund, methods=["POST"]),
            Route("/charges", charges),
            Route("/technicians", technicians),
            Route("/parts", parts),
            Route("/forecast", forecast),
        ]
    )
