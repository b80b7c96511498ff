-- sales: what customers have ordered, as themselves or before as guests, newest first. Each order stands in one of the
-- two. Owned by the domain `orders`.
create index orders_of_customers on sales.orders (customer_id, placed_at desc, id desc) where customer_id is not null;
create index orders_of_guests on sales.orders (lower(email), placed_at desc, id desc) where customer_id is null;
