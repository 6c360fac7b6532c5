"""The embedded models at run time: what they read in passages, and how sure they are."""
