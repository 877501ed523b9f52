"""What Streamlit runs. It stands alone here: Streamlit takes modules beside a script for top-level ones, and a folder
`pages` beside it for the app's pages."""
