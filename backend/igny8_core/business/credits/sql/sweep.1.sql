-- Ends these accounts' holds that are past their expiry: one that was only held is void, one that was sent is
-- unknown and keeps its credits, because the provider may bill it.
CREATE FUNCTION credits_sweep(p_account_ids bigint[]) RETURNS TABLE (account_id bigint, request_id uuid, outcome text)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    v_holds credits_hold[];
BEGIN
    PERFORM 1 FROM credits_accountbalance WHERE account_id = ANY (p_account_ids) ORDER BY account_id FOR NO KEY UPDATE;

    v_holds := ARRAY(
        SELECT h FROM credits_hold h
         WHERE h.account_id = ANY (p_account_ids) AND h.state IN ('held', 'sent') AND h.expires_at <= clock_timestamp());
    RETURN QUERY
        SELECT v_holds[v.ord].account_id, v_holds[v.ord].request_id, v.outcome
          FROM credits_void((
                   SELECT coalesce(jsonb_agg(jsonb_build_object(
                              'account_id', h.account_id, 'request_id', h.request_id, 'attempt', h.attempt,
                              'state', CASE h.state WHEN 'held' THEN 'void' ELSE 'unknown' END,
                              'error_code', 'hold_expired') ORDER BY h.ordinality), '[]')
                     FROM unnest(v_holds) WITH ORDINALITY h)) v;
END $$;
