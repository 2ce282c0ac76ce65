-- Ends each item without a charge: {account_id, request_id, attempt, state, error_code, provider_request_id, usage,
-- confidence, detail}. Usage that is known without a price is kept, with the confidence 'unpriced'.
-- state 'void' gives the credits back; 'unknown' keeps them, because the provider may bill the call.
-- outcome: void | unknown | unchanged (it had ended, or is of another attempt) | missing.
CREATE FUNCTION credits_void(p_items jsonb) RETURNS TABLE (ord bigint, outcome text, available numeric)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz;
    v_account_ids bigint[];
    v_balances credits_accountbalance[];
    v_usage credits_usage_log[] := '{}';
    v_row credits_usage_log;
    b integer := 1;
    item record;
BEGIN
    PERFORM 1 FROM credits_accountbalance
      WHERE account_id IN (SELECT (i ->> 'account_id')::bigint FROM jsonb_array_elements(p_items) i)
      ORDER BY account_id FOR NO KEY UPDATE;

    v_account_ids := ARRAY(SELECT DISTINCT (i ->> 'account_id')::bigint FROM jsonb_array_elements(p_items) i);
    v_balances := ARRAY(
        SELECT x FROM credits_accountbalance x WHERE x.account_id = ANY (v_account_ids) ORDER BY x.account_id);
    v_now := clock_timestamp();

    FOR item IN
        SELECT i.*, row_number() OVER (PARTITION BY i.account_id, i.request_id ORDER BY i.ord) AS copy,
               h.state AS hold_state, h.attempt AS hold_attempt, h.amount AS hold_amount, h.admitted_at,
               h.card_id, h.price_source, h.operation, h.model, h.provider, h.user_ref, h.api_key_id
          FROM ROWS FROM (jsonb_to_recordset(p_items) AS (
                   account_id bigint, request_id uuid, attempt integer, state text, error_code text,
                   provider_request_id text, usage jsonb, confidence text, detail jsonb)) WITH ORDINALITY AS i (
                   account_id, request_id, attempt, wanted_state, error_code, provider_request_id, usage,
                   confidence, detail, ord)
          LEFT JOIN credits_hold h ON h.account_id = i.account_id AND h.request_id = i.request_id
         ORDER BY i.account_id, i.ord
    LOOP
        WHILE v_balances[b].account_id < item.account_id LOOP
            b := b + 1;
        END LOOP;
        ord := item.ord;
        outcome := CASE
            WHEN item.hold_state IS NULL THEN 'missing'
            -- A second copy in one batch would give the credits back twice.
            WHEN item.copy > 1 OR item.hold_attempt <> item.attempt OR item.hold_state IN ('settled', 'void')
                 OR item.hold_state = item.wanted_state THEN 'unchanged'
            ELSE item.wanted_state END;
        IF outcome IN ('void', 'unknown') THEN
            v_row.held := CASE outcome WHEN 'void' THEN item.hold_amount ELSE 0 END;
            v_balances[b].reserved := v_balances[b].reserved - v_row.held;
            v_row.account_id := item.account_id;
            v_row.admitted_at := item.admitted_at;
            v_row.id := nextval('credits_usage_log_id_seq');
            v_row.logged_at := v_now;
            v_row.request_id := item.request_id;
            v_row.attempt := item.attempt;
            v_row.status := outcome;
            v_row.error_code := item.error_code;
            v_row.operation := item.operation;
            v_row.model := item.model;
            v_row.provider := item.provider;
            v_row.user_ref := item.user_ref;
            v_row.api_key_id := item.api_key_id;
            v_row.price_source := item.price_source;
            v_row.card_id := item.card_id;
            v_row.usage := coalesce(item.usage, '{}');
            v_row.confidence := item.confidence;
            v_row.cost_usd := 0;
            v_row.credits := 0;
            v_row.provider_request_id := item.provider_request_id;
            v_row.detail := item.detail;
            v_usage := array_append(v_usage, v_row);
        END IF;
        available := CASE WHEN v_balances[b].account_id = item.account_id
            THEN v_balances[b].posted - v_balances[b].reserved END;
        RETURN NEXT;
    END LOOP;

    UPDATE credits_hold h SET state = u.status, closed_at = v_now
      FROM unnest(v_usage) u WHERE h.account_id = u.account_id AND h.request_id = u.request_id;
    INSERT INTO credits_usage_log SELECT u.* FROM unnest(v_usage) u;
    UPDATE credits_accountbalance x SET reserved = n.reserved
      FROM unnest(v_balances) n WHERE x.account_id = n.account_id AND x.reserved <> n.reserved;
END $$;
