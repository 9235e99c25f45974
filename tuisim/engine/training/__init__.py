"""Training by gradient descent: tasks, back-propagation through time, its course.

May import runs and what lies under them. Begin at training.py; a new task is a
class in tasks.py, and its name in tuisim.values.plan.
"""
