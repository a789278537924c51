"""What a program outside the factory uses: the client kit, and a typed client of our own operations. HTTP only."""
