"""The page: streamlit, and nothing that knows torch."""
