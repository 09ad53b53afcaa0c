"""gonogo: may this service go to production?"""

__version__ = "0.2.0"
