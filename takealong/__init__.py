"""What one takes along from a prediction: a card to look at, files for watches and planners, a sheet for the crew.

Everything is made of the answer (`kernel.contracts.prediction.Prediction`) and of the ground it is about (`course`);
nothing here reads or writes a file, speaks to anybody or knows who asks.
"""
