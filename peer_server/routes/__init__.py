"""The REST routes, one module per resource. Each route declares its permission and delegates to one service call."""
