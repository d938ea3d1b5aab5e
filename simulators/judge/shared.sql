-- name: riders
SELECT o.order_no, o.state, t.id AS trip_id, t.declared_m,
       (SELECT coalesce(sum(p.amount), 0)::int8 FROM posting p
         WHERE p.order_id = o.id AND p.account = 'quantity:metres') AS booked_m
  FROM dispatch_order o
  LEFT JOIN order_leg l ON l.order_id = o.id AND l.status <> 'cancelled'
  LEFT JOIN trip t ON t.leg_id = l.id
 WHERE o.order_no = ANY ($1::text[]) ORDER BY o.id;
