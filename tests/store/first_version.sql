-- A store of the first version, with a run that was stopped and one that was killed. BYTES is BLOB in SQLite and
-- BYTEA in PostgreSQL, bytes('...') a literal of it in hex.
CREATE TABLE assessments (
    run VARCHAR(32) NOT NULL,
    criterion VARCHAR(80) NOT NULL,
    area VARCHAR(20) NOT NULL,
    severity VARCHAR(10) NOT NULL,
    status VARCHAR(20) NOT NULL,
    strength VARCHAR(10),
    reason TEXT NOT NULL,
    lost BOOLEAN NOT NULL,
    proposed VARCHAR(20),
    PRIMARY KEY (run, criterion)
);
CREATE TABLE blobs (
    digest VARCHAR(64) NOT NULL,
    size BIGINT NOT NULL,
    packed BYTES NOT NULL,
    PRIMARY KEY (digest)
);
CREATE TABLE calls (
    run VARCHAR(32) NOT NULL,
    "key" VARCHAR(64) NOT NULL,
    conversation TEXT NOT NULL,
    turn INTEGER NOT NULL,
    request VARCHAR(64) NOT NULL,
    answer VARCHAR(64) NOT NULL,
    seal VARCHAR(64) NOT NULL,
    PRIMARY KEY (run, "key")
);
CREATE TABLE decisions (
    run VARCHAR(32) NOT NULL,
    number INTEGER NOT NULL,
    who TEXT NOT NULL,
    what VARCHAR(10) NOT NULL,
    subject TEXT NOT NULL,
    evidence TEXT NOT NULL,
    reason TEXT NOT NULL,
    at VARCHAR(40) NOT NULL,
    PRIMARY KEY (run, number)
);
CREATE TABLE entries (
    run VARCHAR(32) NOT NULL,
    number INTEGER NOT NULL,
    kind VARCHAR(16) NOT NULL,
    at VARCHAR(40) NOT NULL,
    body TEXT,
    digest VARCHAR(64) NOT NULL,
    previous VARCHAR(64) NOT NULL,
    hash VARCHAR(64) NOT NULL,
    seal VARCHAR(64) NOT NULL,
    key_id VARCHAR(8) NOT NULL,
    PRIMARY KEY (run, number)
);
CREATE TABLE evidence (
    run VARCHAR(32) NOT NULL,
    evidence VARCHAR(32) NOT NULL,
    digest VARCHAR(64) NOT NULL,
    span VARCHAR(16),
    PRIMARY KEY (run, evidence)
);
CREATE TABLE findings (
    run VARCHAR(32) NOT NULL,
    finding VARCHAR(32) NOT NULL,
    criterion VARCHAR(80) NOT NULL,
    severity VARCHAR(10) NOT NULL,
    path TEXT,
    line INTEGER,
    what TEXT NOT NULL,
    span VARCHAR(16),
    PRIMARY KEY (run, finding)
);
CREATE TABLE gates (
    run VARCHAR(32) NOT NULL,
    criterion VARCHAR(80) NOT NULL,
    severity VARCHAR(10) NOT NULL,
    status VARCHAR(20) NOT NULL,
    effect VARCHAR(20) NOT NULL,
    PRIMARY KEY (run, criterion)
);
CREATE TABLE gonogo_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT gonogo_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE parts (
    run VARCHAR(32) NOT NULL,
    digest VARCHAR(64) NOT NULL,
    PRIMARY KEY (run, digest)
);
CREATE TABLE refused (
    run VARCHAR(32) NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    place TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (run, number)
);
CREATE TABLE runs (
    run VARCHAR(32) NOT NULL,
    target TEXT NOT NULL,
    state VARCHAR(16) NOT NULL,
    created VARCHAR(40) NOT NULL,
    ended VARCHAR(40),
    gonogo VARCHAR(40) NOT NULL,
    verdict VARCHAR(16),
    why TEXT NOT NULL,
    admission TEXT NOT NULL,
    report VARCHAR(64),
    final VARCHAR(64),
    PRIMARY KEY (run)
);
CREATE TABLE spans (
    run VARCHAR(32) NOT NULL,
    span VARCHAR(16) NOT NULL,
    start BIGINT NOT NULL,
    packed BYTES NOT NULL,
    PRIMARY KEY (run, span)
);
CREATE TABLE violations (
    run VARCHAR(32) NOT NULL,
    number INTEGER NOT NULL,
    guardrail TEXT NOT NULL,
    policy TEXT NOT NULL,
    action VARCHAR(10) NOT NULL,
    place TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (run, number)
);
CREATE INDEX findings_by_id ON findings (finding);
CREATE INDEX runs_by_time ON runs (created);
INSERT INTO blobs VALUES ('02a56886ba128633fc75d7f7306d6c59b0c1604931c9df1cfa4615a3e0cb33fc', 329, bytes('789c4d50d16ec3200cfc179eb38ac042487fa632d83491524040aa55d5fe7d267bd8de7cbef3f9ecb7a0e786143d89eb5b6c28aedcf858cca482472ddd6cc5205a4a3b138572aa5b4be5752904c80494fbf1a0d82a0f7f0fa2a6a374a37f4a16edc90397dd3f435b99864b3e892db2781c0445bcfd8278ec3bfbbc1eae6fec886de9cb53c9ed6fb0aea026c3384824b968b05e7d06039a70f4f3088a089d45b578672c02283bba115169a59d99719e3ce9e0ac94ddab158af7331652e01028fa25e40bf5b3385da6525304ce2307b16ec8df3acb9a21defac7ce983fcc7e69c9'));
INSERT INTO blobs VALUES ('895c24cb90045822e83cc84c0549f9482d666d963dce2b7d9696f16cc65be68e', 329, bytes('789c4d50cb8e83300cfc979cd92a9007a43f5339d814249a4449586d55f5dfebb087dd9bc7331e8ffd12f4bd218599c4f5253614576e7c811b514f9392c3e844276a8c3b1399522c5b8df979c904c804e4fbf1a0500b0fbf3b51e2919bd13f258bf6380397cd3f415d99f69774125b6071df090a78fb05e1d877f6793e7cdbd810dbd2cf4c39d5bfc1b2c2602c630dc6eb9e94074022e96191d2204985b6d7a373ce2ae78d5ac822f4d320fda28d424f7eb1939d9d695e3553b89fb190160e81a25d4273a67616a74b944b0cc0796427d60df95b675912845bfbd819f30343626922'));
INSERT INTO blobs VALUES ('4cfc3737b4208e9e453389273f34b95735fa67798ad142adbe0fa49a501c92d4', 28, bytes('789c8bae564a2c51b232d0514acecf2b49cd03b29532527372f2956a6301805f0931'));
INSERT INTO blobs VALUES ('b4769e4d9bd4c6370c62b749643f799656aba5ca31084458fd3d68881d6fe9ae', 17, bytes('789cab564acecf2b49cd2b51b252aa4c2d56aa050037750607'));
INSERT INTO blobs VALUES ('37a680133bd09342f934afb8dd2c7d9e1b624da5f35e3a38adb103e37c055ed1', 4, bytes('789c2b482c2a0100043f01b8'));
INSERT INTO calls VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '1111111111111111111111111111111111111111111111111111111111111111', 'security', 0, '4cfc3737b4208e9e453389273f34b95735fa67798ad142adbe0fa49a501c92d4', 'b4769e4d9bd4c6370c62b749643f799656aba5ca31084458fd3d68881d6fe9ae', '6cb352c221b0b23bdb5705d51207018b56ac3f7e376af6532b2e1cc960e3b196');
INSERT INTO decisions VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 1, 'Ana', 'confirm', 'rate-limiting', '["ev-1"]', 'seen in the account', '2026-11-21T13:00:00+00:00');
INSERT INTO entries VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 1, 'admitted', '2026-11-21T12:00:01.000+00:00', '{"admission":"8454660c108e955d6ec0edfeee74becaf92ec2b33529c3a3620d8839a628d04a"}', 'bacfd90eab5c7c32b5c27a481b742164b6611c21ceaffa470110df1104a65e4e', '0000000000000000000000000000000000000000000000000000000000000000', 'b896224429cc2180098c0f5e3ea3ec300dcb8246b93504485b46969b10f1ecf6', 'ecbab88905cbb37c3d00af8c318c6456ac5162b4883a8c08733d86fdc91f9bde', '5e318f8c');
INSERT INTO entries VALUES ('', 1, 'admitted', '2026-11-21T12:00:02.000+00:00', '{"head":"b896224429cc2180098c0f5e3ea3ec300dcb8246b93504485b46969b10f1ecf6","run":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}', 'ffd1b650acfefad0af33cc4d770e61870f4bf5301f296388ede0bd52d8fbc594', '0000000000000000000000000000000000000000000000000000000000000000', '267349add9cc7e0df3a838da0ec181aa855180fc7ff065cf41daacc904569c46', '381f591dbe763709006bba7ae7d47895cbf052d512c3d5a2531779734cf09f03', '5e318f8c');
INSERT INTO entries VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 2, 'evidence', '2026-11-21T12:00:03.000+00:00', '{"ev-9652fcd30b78":["02a56886ba128633fc75d7f7306d6c59b0c1604931c9df1cfa4615a3e0cb33fc",null],"ev-a97d48830279":["895c24cb90045822e83cc84c0549f9482d666d963dce2b7d9696f16cc65be68e","0000000000000000"]}', '21b0ea1001f8c07b7b21e6786f29ada6eca832ba668f5807f902a129ead9c179', 'b896224429cc2180098c0f5e3ea3ec300dcb8246b93504485b46969b10f1ecf6', '60e0b45974310c56310ef3cd8b864387bdc7c803c9accdb2d7953ffd8291fcdb', '4d1e1102abadff64fc42af794b4983df0d8a4b621e60a8476e68014def1154d6', '5e318f8c');
INSERT INTO entries VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 3, 'call', '2026-11-21T12:00:04.000+00:00', '{"answer":"b4769e4d9bd4c6370c62b749643f799656aba5ca31084458fd3d68881d6fe9ae","key":"1111111111111111111111111111111111111111111111111111111111111111","request":"4cfc3737b4208e9e453389273f34b95735fa67798ad142adbe0fa49a501c92d4"}', '4fc0ed36197227d81f4642639eaa8e1379e01c2445b198aba17a4c5283770905', '60e0b45974310c56310ef3cd8b864387bdc7c803c9accdb2d7953ffd8291fcdb', 'ec95e5daa62a5fda189fdc38988eabc12e6064930c6bfe14b6938f24dfe59066', '2d556c2ece213f893079d8d4fc8dd6b87ddabf3dece833763fa11738c3a54281', '5e318f8c');
INSERT INTO entries VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 4, 'spans', '2026-11-21T12:00:05.000+00:00', '{"0000000000000001":"781d32104cdd46e5439b53c35039b79adbbe22f2ec3cd726a70456af57adae44"}', 'da908c3727649187cacfd0385f5932e8d54e2cb984ce6b542eb6bb3db7afbff2', 'ec95e5daa62a5fda189fdc38988eabc12e6064930c6bfe14b6938f24dfe59066', '75105c873230ff05ff3995301f219900ab950a9d5e0ba26ab122295315abf4a3', 'f1c63bf69a7f269e5dda6ee61dc373ac71f15205ed91102f786928e49e8a85c1', '5e318f8c');
INSERT INTO entries VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 5, 'part', '2026-11-21T12:00:06.000+00:00', '{"digest":"37a680133bd09342f934afb8dd2c7d9e1b624da5f35e3a38adb103e37c055ed1"}', 'e7748e42b17766dbec727885cf99ee0eb91e895d34bea85f9a45017c35ef417e', '75105c873230ff05ff3995301f219900ab950a9d5e0ba26ab122295315abf4a3', 'ff7bdcc3172eb557a770537675e458102720acb3c240760309e4426b539f8e7f', '9d6ca76cc2f056d1cbe56d9cd5bf90e720dde6bb2570938715ca641b5ad53b41', '5e318f8c');
INSERT INTO entries VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 6, 'decision', '2026-11-21T12:00:07.000+00:00', '{"digest":"1fe1b8f5a5da921d9e917693e6df9decbfce5b1ca11cafe4ae5be1a1bb8f963d","number":1}', 'ca9335ad70317ace9bb601edc573e586caf8c924114903fc18de51d4f8da9f3e', 'ff7bdcc3172eb557a770537675e458102720acb3c240760309e4426b539f8e7f', 'f3eb784bff1980a65a04d697305d6d70466b31e5686054b651fe3b5df8571957', 'ad8e938aef4b85ba3fbaf0e6e4f9573bbaf04efe9a8b449757b2f02481ae58ad', '5e318f8c');
INSERT INTO entries VALUES ('', 2, 'decision', '2026-11-21T12:00:08.000+00:00', '{"head":"f3eb784bff1980a65a04d697305d6d70466b31e5686054b651fe3b5df8571957","run":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}', '23ae2369f8caae748bf6573243c07630935fd25408282f368449c495aa3894c0', '267349add9cc7e0df3a838da0ec181aa855180fc7ff065cf41daacc904569c46', '55a15799f999f08d0366a72d8429e6ba413b14d4612ea2fba76b8aecb9fb40d0', 'ed06fa1c304d73580a642a64222bc6734eaa1c92895977c80cc0f1c0e8ab75b2', '5e318f8c');
INSERT INTO entries VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 7, 'ended', '2026-11-21T12:00:10.000+00:00', '{"ended":"2026-11-21T12:00:09.000+00:00","state":"interrupted","why":"40bbefa6994264bec68fc9bd6875c0a2b8a7dd3e4ad30b5c8cfc0bc77891ff9f"}', '9d15f3507f65c63ade1cb1398d28fd13a958a6e9f94935b3053f6b780a47194a', 'f3eb784bff1980a65a04d697305d6d70466b31e5686054b651fe3b5df8571957', '73090f29312eaffd04d5d328f1dc6252de1dcf4259983e270918450daca95aba', 'a8f358bd815ed0418de396a2356bcf1f5074a2ad377d5c7f45f9493888f2db30', '5e318f8c');
INSERT INTO entries VALUES ('', 3, 'ended', '2026-11-21T12:00:11.000+00:00', '{"head":"73090f29312eaffd04d5d328f1dc6252de1dcf4259983e270918450daca95aba","run":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}', 'fe3f62eb85a7dc2ebd65a273eae82800c18036fab633c70274344a14bb18e400', '55a15799f999f08d0366a72d8429e6ba413b14d4612ea2fba76b8aecb9fb40d0', 'c41ce62a9050f15bf6497ec9f26b38e3dbcab9add3f1336e78aae4b94b652490', '5bf1bb1a406c8637fe6327e4b1567063db3b16b1ff6e3566ac33fcd8ffe697aa', '5e318f8c');
INSERT INTO entries VALUES ('bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', 1, 'admitted', '2026-11-21T12:00:12.000+00:00', '{"admission":"4539c9c710af34568735e71794b9680a424bd039dd6afb0a81e26357aab40e4c"}', 'b8f52fb89bebf671e4922c4f2b1706d1ead80b15429c90657f039e9b9aa93536', '0000000000000000000000000000000000000000000000000000000000000000', '84c59d56763fb6900a79b36e7d9c09ebf5a7a9964a4fa1859a13dbc643d339d8', 'e89d45a86f84c17fd9ae99cb17a631f52bbb15b6e14de0e3e5212f9d2a0123b1', '5e318f8c');
INSERT INTO entries VALUES ('', 4, 'admitted', '2026-11-21T12:00:13.000+00:00', '{"head":"84c59d56763fb6900a79b36e7d9c09ebf5a7a9964a4fa1859a13dbc643d339d8","run":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}', '115412929375ccf557fb2f84ee3432fda17a469c6592537d26845589e474225e', 'c41ce62a9050f15bf6497ec9f26b38e3dbcab9add3f1336e78aae4b94b652490', 'f6063d3231d1b73159c852bd5ffcff50076ce560bd58fe22afa1bcd0dfb4b18a', '3257deeaefab5d7e1833abdfd0a1e7288da1df1f0dd501281fb2fff7aab245d4', '5e318f8c');
INSERT INTO evidence VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'ev-9652fcd30b78', '02a56886ba128633fc75d7f7306d6c59b0c1604931c9df1cfa4615a3e0cb33fc', NULL);
INSERT INTO evidence VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'ev-a97d48830279', '895c24cb90045822e83cc84c0549f9482d666d963dce2b7d9696f16cc65be68e', '0000000000000000');
INSERT INTO gonogo_version VALUES ('0001');
INSERT INTO parts VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '37a680133bd09342f934afb8dd2c7d9e1b624da5f35e3a38adb103e37c055ed1');
INSERT INTO runs VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'shop', 'interrupted', '2026-11-21T12:00:00+00:00', '2026-11-21T12:00:09.000+00:00', '0.1.0', NULL, 'it was told to stop', '{"run":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","created":"2026-11-21T12:00:00+00:00","gonogo":"0.1.0","target":"shop","catalogue":"cccccccccccccccc","fingerprint":"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff","options":{"paths":["shop"]}}', NULL, NULL);
INSERT INTO runs VALUES ('bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', 'other', 'running', '2026-11-21T12:00:00+00:00', NULL, '0.1.0', NULL, '', '{"run":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","created":"2026-11-21T12:00:00+00:00","gonogo":"0.1.0","target":"other","catalogue":"cccccccccccccccc","fingerprint":"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff","options":{"paths":["shop"]}}', NULL, NULL);
INSERT INTO spans VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '0000000000000001', 1, bytes('789c858eb10e83300c44ffe5e60895a503bf522164c0a211e0a2c4e982f8f7dae9d4a95e6cdd9d9f7d42134d3cc4191de84f21201f24dff0edb75a330f4a2c5a6d29db1620b4b345a727a9d96b145f9cb6682967292545d706b01bf700524d712cca19dd898565a0d8944c0b37518ea283be56965c77e26cfd017f6a447f19e46d58d7fa8ad662338a64f65b3b67c79882eb03b0e34e93'));
