"""How the functions are applied to arrays: what all of them share.

=============== ===================================================================
``arrays``      what goes in and what comes out: kinds, precisions, checks, pieces
``pairs``       numbers with twice the digits
``elementwise`` a function of one number, applied block by block
``rows``        what a function of rows can ask for: peaks, terms, sums
``rowwise``     such a function, applied along any axes
``long_rows``   rows that fit no block
``near_one``    logarithms of sums that are close to 1
``foreign``     rows of masked arrays, lazy ones, and those of other makers
``matrices``    a square matrix for each row
=============== ===================================================================
"""
