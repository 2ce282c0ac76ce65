DROP TABLE credits_storedanswer, credits_usage_log, credits_ledgerentry, credits_hold, credits_grant,
    credits_rate_card, credits_catalogueversion, credits_apikey, credits_accountbalance, credits_account;
DROP FUNCTION credits_refuse_change(), credits_ensure_partitions(integer), credits_open_balance();
-- CASCADE: the triggers of price tables that are parked. They are made anew when the tables come back.
DROP FUNCTION credits_replace_catalogue_version() CASCADE;
DROP DOMAIN credits_amount, credits_usd;
