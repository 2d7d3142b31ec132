"""The blob stores: one module per place where bytes can be kept."""
