"""Who is where in a football clip, and is it the same person as before?"""
