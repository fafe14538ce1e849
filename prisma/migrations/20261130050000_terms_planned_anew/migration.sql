-- A plan that is kept from when there were few persons reads all of them for each one that comes. Planned anew, a statement goes by
-- the size that the tables have now.
ALTER FUNCTION keep_person_terms() SET plan_cache_mode = 'force_custom_plan';
