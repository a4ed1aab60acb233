"""Effects of offers against control: evidence, learners, their choice on held-out customers, and what is kept."""
