-- Admits or refuses each item: {account_id, request_id, owner, fingerprint, amount, lifetime_seconds, state, card_id,
-- card, version, valid_from, valid_to, operation, model, provider, price_source, user_ref, api_key_id,
-- idempotency_key}. The card is the model's from valid_from until just before valid_to (null: no such end), by this
-- clock: a call admitted outside that time was quoted at another price than today's, so it is stale.
-- outcome: held | duplicate | conflict | stale | insufficient | refused. Refusals for lack of credits, and of a
-- disabled account or key, are logged here.
CREATE FUNCTION credits_reserve(p_items jsonb) RETURNS TABLE (
    ord bigint, outcome text, state text, attempt integer, available numeric, floor numeric, card_id uuid,
    expires_at timestamptz
) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    v_now timestamptz;
    v_version uuid;
    v_account_ids bigint[];
    v_balances credits_accountbalance[];
    v_cards credits_rate_card[] := '{}';
    v_holds credits_hold[] := '{}';
    v_refusals credits_usage_log[] := '{}';
    v_hold credits_hold;
    v_row credits_usage_log;
    b integer := 1;
    item record;
BEGIN
    -- First the locks, lowest account first so that two batches cannot deadlock; what is read before a lock is
    -- obtained may be old by the time it is.
    PERFORM 1 FROM credits_accountbalance
      WHERE account_id IN (SELECT (i ->> 'account_id')::bigint FROM jsonb_array_elements(p_items) i)
      ORDER BY account_id FOR NO KEY UPDATE;

    v_account_ids := ARRAY(SELECT DISTINCT (i ->> 'account_id')::bigint FROM jsonb_array_elements(p_items) i);
    PERFORM credits_post_expiries(v_account_ids);
    v_balances := ARRAY(
        SELECT x FROM credits_accountbalance x WHERE x.account_id = ANY (v_account_ids) ORDER BY x.account_id);
    v_now := clock_timestamp();
    SELECT version INTO STRICT v_version FROM credits_catalogueversion;

    FOR item IN
        SELECT i.*, a.is_active AS account_is_active, k.id IS NOT NULL AND k.revoked_at IS NULL AS key_is_good,
               h.state AS old_state, h.attempt AS old_attempt, h.owner AS old_owner,
               h.fingerprint AS old_fingerprint, h.card_id AS old_card_id,
               h.expires_at AS old_expires_at
          FROM ROWS FROM (jsonb_to_recordset(p_items) AS (
                   account_id bigint, request_id uuid, owner uuid, fingerprint uuid, amount numeric,
                   lifetime_seconds integer, state text, card_id uuid, card jsonb, version uuid,
                   valid_from timestamptz, valid_to timestamptz, operation text,
                   model text, provider text, price_source text, user_ref text, api_key_id bigint,
                   idempotency_key text)) WITH ORDINALITY AS i (
                   account_id, request_id, owner, fingerprint, amount, lifetime_seconds, wanted_state, card_id, card,
                   version, valid_from, valid_to, operation, model, provider, price_source, user_ref, api_key_id, idempotency_key, ord)
          LEFT JOIN credits_account a ON a.id = i.account_id
          LEFT JOIN credits_apikey k ON k.account_id = i.account_id AND k.id = i.api_key_id
          LEFT JOIN credits_hold h ON h.account_id = i.account_id AND h.request_id = i.request_id
         ORDER BY i.account_id, i.ord
    LOOP
        WHILE v_balances[b].account_id < item.account_id LOOP
            b := b + 1;
        END LOOP;
        ord := item.ord;
        state := item.old_state;
        attempt := coalesce(item.old_attempt, 0);
        card_id := item.old_card_id;
        expires_at := item.old_expires_at;
        available := CASE WHEN v_balances[b].account_id = item.account_id
            THEN v_balances[b].posted - v_balances[b].reserved END;
        floor := CASE WHEN v_balances[b].account_id = item.account_id THEN v_balances[b].floor END;

        IF item.account_is_active IS NOT TRUE OR (item.api_key_id IS NOT NULL AND NOT item.key_is_good) THEN
            outcome := 'refused';
        ELSIF item.old_state IS NOT NULL AND item.old_state <> 'void' THEN
            outcome := CASE
                WHEN item.old_fingerprint <> item.fingerprint THEN 'conflict'
                -- The same caller asks again because it lost the first answer.
                WHEN item.old_owner = item.owner AND item.old_state IN ('held', 'sent') THEN 'held'
                ELSE 'duplicate' END;
            RETURN NEXT;
            CONTINUE;
        ELSIF item.version IS DISTINCT FROM v_version OR v_now < item.valid_from OR v_now >= item.valid_to THEN
            outcome := 'stale';
        ELSIF available - item.amount < v_balances[b].floor THEN
            outcome := 'insufficient';
        ELSE
            outcome := 'held';
        END IF;

        IF outcome = 'held' THEN
            attempt := attempt + 1;
            state := item.wanted_state;
            card_id := item.card_id;
            expires_at := v_now + make_interval(secs => item.lifetime_seconds);
            IF item.old_state = 'void' THEN
                -- A void has freed the key; the usage log keeps what became of the attempt.
                DELETE FROM credits_hold WHERE account_id = item.account_id AND request_id = item.request_id;
            END IF;
            v_balances[b].reserved := v_balances[b].reserved + item.amount;
            v_cards := array_append(
                v_cards, ROW(item.account_id, NULL, item.card_id, item.card, v_now)::credits_rate_card);
            v_hold.account_id := item.account_id;
            v_hold.id := nextval('credits_hold_id_seq');
            v_hold.request_id := item.request_id;
            v_hold.attempt := attempt;
            v_hold.owner := item.owner;
            v_hold.fingerprint := item.fingerprint;
            v_hold.idempotency_key := item.idempotency_key;
            v_hold.state := state;
            v_hold.amount := item.amount;
            v_hold.available_after := available - item.amount;
            v_hold.floor_at_reserve := v_balances[b].floor;
            v_hold.card_id := item.card_id;
            v_hold.catalogue_version := item.version;
            v_hold.price_source := item.price_source;
            v_hold.operation := item.operation;
            v_hold.model := item.model;
            v_hold.provider := item.provider;
            v_hold.user_ref := item.user_ref;
            v_hold.api_key_id := item.api_key_id;
            v_hold.admitted_at := v_now;
            v_hold.expires_at := expires_at;
            v_holds := array_append(v_holds, v_hold);
        ELSIF outcome IN ('insufficient', 'refused') AND item.account_is_active IS NOT NULL THEN
            v_row.account_id := item.account_id;
            v_row.admitted_at := v_now;
            v_row.id := nextval('credits_usage_log_id_seq');
            v_row.logged_at := v_now;
            v_row.request_id := item.request_id;
            v_row.attempt := 0;
            v_row.status := 'refused';
            v_row.error_code := CASE outcome WHEN 'refused' THEN 'account_refused' ELSE 'insufficient_credits' END;
            v_row.operation := item.operation;
            v_row.model := item.model;
            v_row.provider := item.provider;
            v_row.user_ref := item.user_ref;
            v_row.api_key_id := item.api_key_id;
            v_row.price_source := item.price_source;
            v_row.usage := '{}';
            v_row.cost_usd := 0;
            v_row.credits := 0;
            v_row.held := 0;
            v_row.detail := jsonb_build_object(
                'needed', item.amount::text, 'available', available::text, 'floor', v_balances[b].floor::text);
            v_refusals := array_append(v_refusals, v_row);
        END IF;
        RETURN NEXT;
    END LOOP;

    INSERT INTO credits_rate_card (account_id, card_id, body, stored_at)
        SELECT DISTINCT ON (c.account_id, c.card_id) c.account_id, c.card_id, c.body, c.stored_at
          FROM unnest(v_cards) c
        ON CONFLICT DO NOTHING;
    INSERT INTO credits_hold SELECT h.* FROM unnest(v_holds) h;
    INSERT INTO credits_usage_log SELECT u.* FROM unnest(v_refusals) u;
    UPDATE credits_accountbalance x SET reserved = n.reserved
      FROM unnest(v_balances) n WHERE x.account_id = n.account_id AND x.reserved <> n.reserved;
END $$;
