"""The subcommands, one module each; heavy imports happen inside the functions that need them."""
