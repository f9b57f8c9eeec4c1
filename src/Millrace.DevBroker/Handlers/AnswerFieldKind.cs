namespace Millrace.DevBroker.Handlers;

/// <summary>The type of a field; apart from error and message all are zero, empty or null.</summary>
internal enum AnswerFieldKind
{
    Int8,
    Int32,
    Int64,
    Error,
    Message,
    Text,
    NullText,
    Bytes,
    Uuid,
    NullStruct,
    EmptyArray,
}
