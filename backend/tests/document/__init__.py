"""The implementation summary, sentence by sentence: one file for each of its parts, one test for each sentence, in its
order. A docstring quotes the sentence; where ours differs on purpose, it says how."""
