"""Language models behind `flow_runtime.model.ChatModel`. Importing any of these modules is cheap."""
