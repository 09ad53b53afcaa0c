"""What a model's answers are drawn from: vector stores, knowledge bases and memories.

Needs: code, terraform, cloudformation, dependencies.
"""

from __future__ import annotations

import re

from gonogo.checks import cloud
from gonogo.checks.called import calls_of, imports_of
from gonogo.checks.derived import derived
from gonogo.checks.model_agents import personas
from gonogo.checks.model_use import NEEDS, model_calls
from gonogo.facts import Facts
from gonogo.model.evidence import Place, Searched

_LIBRARIES = (
    "chromadb",
    "faiss",
    "pinecone",
    "qdrant_client",
    "weaviate",
    "pymilvus",
    "lancedb",
    "pgvector",
    "marqo",
    "langchain_chroma",
    "langchain_pinecone",
    "langchain_qdrant",
    "langchain_weaviate",
    "langchain_milvus",
    "langchain_postgres",
    "langchain_community.vectorstores",
    "langchain.vectorstores",
    "langchain_aws.retrievers",
    "langchain_google_alloydb_pg",
    "llama_index.vector_stores",
    "llama_index.core.VectorStoreIndex",
    "mem0",
    "@pinecone-database/pinecone",
    "@qdrant/js-client-rest",
    "@langchain/pinecone",
    "@langchain/qdrant",
    "langchain/vectorstores",
    "@langchain/community/vectorstores",
    "weaviate-client",
    "chromadb",
    "org.springframework.ai.vectorstore",
    "dev.langchain4j.store.embedding",
    "dev.langchain4j.rag",
    "github.com/pgvector/pgvector-go",
    "github.com/qdrant/go-client",
    "github.com/tmc/langchaingo/vectorstores",
)
_CALLS = (
    "similarity_search",
    "similarity_search_with_score",
    "asimilarity_search",
    "similaritySearch",
    "as_retriever",
    "asRetriever",
    "retrieve_and_generate",
    "RetrieveAndGenerateCommand",
    "RetrieveCommand",
    "get_relevant_documents",
    "VectorStoreIndex",
    "as_query_engine",
    "AmazonKnowledgeBasesRetriever",
)
_MEMORY = (
    "faiss",
    "embeddings",
    "vector store",
    "vector database",
    "knowledge base",
    "search_memory*",
    "SentenceTransformer",
)


_VECTOR_TERMS = ("pgvector", "vector_cosine_ops", "vector_l2_ops", "vector_ip_ops", "vector(")
_VECTOR = re.compile(r"\bvector_\w+_ops\b|\bvector\(\s*\d+\s*\)", re.IGNORECASE)
_REMARKS = ("--", "#", "//", "*", "/*")


@derived(*NEEDS)
def retrieval(facts: Facts) -> tuple[Place, ...]:
    """Where something is retrieved for a model to answer from; empty where no model is used."""
    bases = [r.at for r in cloud.deciding(facts, "aws_bedrockagent_knowledge_base", "aws_kendra_index")]
    written = personas(facts)
    if not model_calls(facts) and not bases and not written:
        return ()
    code = [item.at for item in imports_of(facts, *_LIBRARIES) if not item.local]
    called = [call.at for call in calls_of(facts, *_CALLS)]
    read = list(memories(facts).hits) if written else []
    stored = list(_vectors(facts).hits) if not code and not called else []
    return tuple(dict.fromkeys([*bases, *code, *called, *read, *stored]))


def _vectors(facts: Facts) -> Searched:
    """Vectors in a database that is asked in SQL."""
    files = facts.repository.match("*.py", "*.ts", "*.js", "*.sql", "*.go", "*.java", "*.prisma")
    named = facts.repository.search(_VECTOR_TERMS, files, where="code and SQL", most=40)
    hits = [place for place in named.hits if _keeps_vectors(facts, place)]
    return Searched(named.terms, named.where, named.files, tuple(hits[:10]))


def _keeps_vectors(facts: Facts, place: Place) -> bool:
    """An extension that is switched on, or a remark, keeps nothing yet."""
    line = facts.repository.lines(place.path)[place.line - 1].strip()
    code = not place.path.endswith(".sql") and "pgvector" in line.lower()
    return not line.startswith(_REMARKS) and (code or bool(_VECTOR.search(line)))


def memories(facts: Facts) -> Searched:
    """Files beside written agents that search a memory for them."""
    files = facts.repository.match("*.py", "*.js", "*.ts", "*.sh", "*.json")
    return facts.repository.search(_MEMORY, files, where="scripts and data", most=10)
