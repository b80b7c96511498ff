-- cart: abandoned carts are found by their age, without passing all that were ever ordered.
drop index sales.carts_by_age;
create index open_carts_by_age on sales.carts (updated_at) where order_id is null;
