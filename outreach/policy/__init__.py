"""The rules that protect the public: pure functions and tables, no input or output."""
