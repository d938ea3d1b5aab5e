-- name: devices
-- $2: platforms of the caller; a terminal on no vehicle, and a provider, are everyone's. Silence is told by what
-- came last: a terminal's newest position, a provider's newest receipt (found backwards, so it costs no index).
SELECT d.id, d.name, d.kind, d.enabled, b.vehicle_id, lower(b.during) AS bound_since,
       coalesce(p.received_at, r.received_at) AS heard_at, p.ts AS position_at,
       k.reason AS refused_reason, k.last_at AS refused_at
  FROM device d
  LEFT JOIN binding b ON b.device_id = d.id AND b.during @> $1::timestamptz
  LEFT JOIN live_position p ON p.device_id = d.id
  LEFT JOIN refused_device k ON k.name = d.name
  LEFT JOIN LATERAL (SELECT received_at FROM receipt
                      WHERE d.kind = 'provider' AND issuer = d.name ORDER BY id DESC LIMIT 1) r ON true
 WHERE b.vehicle_id IS NULL
    OR EXISTS (SELECT FROM vehicle_pool vp
                WHERE vp.vehicle_id = b.vehicle_id AND vp.during @> $1::timestamptz AND vp.pool_id = ANY ($2::int4[]))
 ORDER BY d.name;
