-- inventory: what a line holds at a location is settled once. Owned by the domain `inventory`.

-- A line is reserved once at each location, and then either released or shipped, once, whatever races.
drop index inventory.movement_once_per_line;
create unique index movement_once_per_line on inventory.movements (order_line_id, location_id, (kind = 'reserve'))
    where order_line_id is not null;
