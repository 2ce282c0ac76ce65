-- Expires what is due of these accounts' grants, up to what no hold has reserved. The caller has locked the accounts.
CREATE FUNCTION credits_post_expiries(p_account_ids bigint[]) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_grant credits_grant;
    v_expired numeric;
    v_posted numeric;
BEGIN
    FOR v_grant IN
        SELECT * FROM credits_grant g
         WHERE g.account_id = ANY (p_account_ids) AND g.remaining > 0 AND g.expires_at <= clock_timestamp()
         ORDER BY g.account_id, g.expires_at, g.id
    LOOP
        UPDATE credits_accountbalance b SET posted = posted - x.expired
          FROM (SELECT least(v_grant.remaining, greatest(posted - reserved, 0)) AS expired
                  FROM credits_accountbalance WHERE account_id = v_grant.account_id) x
         WHERE b.account_id = v_grant.account_id AND x.expired > 0
        RETURNING x.expired, b.posted INTO v_expired, v_posted;
        CONTINUE WHEN NOT FOUND;
        UPDATE credits_grant SET remaining = remaining - v_expired
         WHERE account_id = v_grant.account_id AND id = v_grant.id;
        INSERT INTO credits_ledgerentry (account_id, kind, amount, posted_after, grant_id, created_at)
        VALUES (v_grant.account_id, 'expiry', -v_expired, v_posted, v_grant.id, clock_timestamp());
    END LOOP;
END $$;
