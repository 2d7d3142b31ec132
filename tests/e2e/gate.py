"""Holds back what a page sends, so that two answers can cross each other on purpose."""

from playwright.sync_api import Page, WebSocketRoute


class Gate:
    """Stands between a page and the server's socket; open until it is closed."""

    def __init__(self, page: Page) -> None:
        """Must be made before the page connects."""
        self._is_open = True
        self._held: list[str | bytes] = []
        self._server: WebSocketRoute | None = None
        page.route_web_socket("**/v1/ws", self._connect)

    def close(self) -> None:
        """Keep what the page sends from now on."""
        self._is_open = False

    def open(self) -> None:
        """Let everything through, in order."""
        self._is_open = True
        held, self._held = self._held, []
        for message in held:
            self._pass(message)

    def _connect(self, page_side: WebSocketRoute) -> None:
        self._server = page_side.connect_to_server()
        page_side.on_message(self._pass)

    def _pass(self, message: str | bytes) -> None:
        if not self._is_open:
            self._held.append(message)
        elif self._server is not None:
            self._server.send(message)
