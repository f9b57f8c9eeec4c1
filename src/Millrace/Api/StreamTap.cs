using Millrace.Graph;

namespace Millrace.Api;

/// <summary>One feed of a stream: a node's main or side output and how its records are spread over the next tasks.</summary>
internal sealed record StreamTap<T>(StreamNode Node, string? SideTag, Partitioning<T> Partitioning, bool IsExplicit);
