"""The Study page's sections: each computes what it says from the runs and result files that are here."""
