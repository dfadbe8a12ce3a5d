"""Sales orders as Acumatica takes them: the rules beside what a mapping collection says. Source: seed 004."""
