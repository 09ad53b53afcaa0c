"""gonogo as a server of the Model Context Protocol. The only folder that imports the ``mcp`` package."""
