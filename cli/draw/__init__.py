"""Pictures for a phone: 1080 by 1350 pixels, letters of 22 pixels or more, colours everyone can tell apart.

Nothing here is imported before a picture is asked for: matplotlib takes half a second to load.
"""
