"""The audit as a graph: the only folder that imports LangGraph, and only when an audit runs."""
