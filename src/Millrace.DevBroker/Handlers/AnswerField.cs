namespace Millrace.DevBroker.Handlers;

/// <summary>A field of a fixed answer, and the version that brought it.</summary>
internal readonly record struct AnswerField(AnswerFieldKind Kind, int Since = 0);
