-- name: drivers
SELECT d.id, d.person_id, p.name, dp.pool_id, d.licence_class, d.licence_until
  FROM driver d
  JOIN driver_pool dp ON dp.driver_id = d.id AND dp.during @> $1::timestamptz
  JOIN person p ON p.id = d.person_id
 WHERE d.licence_until >= ($1::timestamptz AT TIME ZONE 'Asia/Shanghai')::date
 ORDER BY d.id;
