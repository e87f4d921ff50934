"""What a manager sees at a glance of a running campaign: counted now and then, kept, read in one row."""

from outreach.reporting.board.keeping import Board, board_of, keep_board, keep_boards

__all__ = ["Board", "board_of", "keep_board", "keep_boards"]
