"""How the functions are applied to arrays.

================ ==================================================================
for all
``arguments``    checks of parameters, seeds and data
``arrays``       what goes in and what comes out: kinds, precisions, checks, pieces
``pairs``        numbers with twice the digits

for functions of one number
``elementwise``  how they are applied, block by block
``exponentials`` the sigmoid and softplus, whose exponentials stay finite
``foreign``      arrays that are not NumPy's own, seen through their ufuncs

for functions of rows
``sums``         as exact as the answers ask for
``rows``         what they can ask for: peaks, terms, totals
``rowwise``      how they are applied along any axes
``long_rows``    rows that fit no block
``underflow``    sums of what lies far below a peak
``near_one``     logarithms of sums that are close to 1
``hundred_bits`` exponentials as floats that add up to them, for such logarithms
``fixed_point``  exponentials as whole numbers, where a hundred bits do not do
``foreign_rows`` rows of masked arrays, lazy ones, and those of other makers
``matrices``     a square matrix for each row
================ ==================================================================
"""
