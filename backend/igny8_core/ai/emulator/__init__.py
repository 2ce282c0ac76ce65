"""A server that answers as AI providers do: scripted usage, scripted faults, and a journal."""
