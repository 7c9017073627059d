"""What Claude itself may do in Discord, as tools (MCP): their definitions, and the calls over actions."""
