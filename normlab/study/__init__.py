"""The 2021 study, repeated, in one line of rooms: plan, results, claims, texts.

`plan` says which runs and measurements belong to it; `normlab.training.study` measures what no run records; `results`
reads what has been measured; `claims` asks it questions; `texts` writes what came out. Whatever is not measured yet is
said so; nothing here holds a result.
"""
