-- Of pictures enrolled before, nobody remembers whether they came as animations.
ALTER TABLE images ADD COLUMN first_frame_only boolean NOT NULL DEFAULT false;
