"""What is wrong with an answer? The checks of the exercises, one file for each lesson."""
