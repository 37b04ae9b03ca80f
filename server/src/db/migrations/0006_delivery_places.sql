-- Twice as many deliveries of a destination may be leased at once: a fast receiver was kept waiting for the next claim.
update lane set max_leased = 1024 where kind = 'delivery';
