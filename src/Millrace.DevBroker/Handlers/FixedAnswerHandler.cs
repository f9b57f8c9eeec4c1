using Millrace.DevBroker.Protocol;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>
/// Gives the same answer whatever a request asks: for kinds whose answer on one node without security is known beforehand, and for those
/// that Kafka speaks and this broker does not. The latter are not announced, so most clients never send them; one that does gets an error
/// instead of a closed connection.
/// </summary>
/// <param name="api">Kind and versions.</param>
/// <param name="fields">The fields of an answer, in order.</param>
/// <param name="error">What the answer says.</param>
internal sealed class FixedAnswerHandler(ApiDescription api, IReadOnlyList<AnswerField> fields, ErrorCode error) : RequestHandler
{
    public override ApiDescription Api { get; } = api;

    /// <summary>What the request asks makes no difference and is not looked at.</summary>
    public override IMessage ReadRequest(Wire wire, short version) => Nothing.Instance;

    public override ValueTask<IMessage?> HandleRequestAsync(IMessage request, RequestContext context) => new(FailRequest(request, error));

    public override IMessage FailRequest(IMessage request, ErrorCode error) => new Answer(fields, error);

    private sealed class Nothing : IMessage
    {
        public static readonly Nothing Instance = new();

        public void Describe(Wire wire)
        {
            // It has no fields.
        }
    }

    private sealed class Answer(IReadOnlyList<AnswerField> fields, ErrorCode error) : IMessage
    {
        public void Describe(Wire wire)
        {
            foreach (AnswerField field in fields)
            {
                if (wire.Version >= field.Since)
                {
                    Describe(wire, field.Kind);
                }
            }
        }

        private void Describe(Wire wire, AnswerFieldKind kind)
        {
            int number = 0;
            long wide = 0;
            sbyte small = 0;
            ErrorCode said = error;
            string? text = "";
            string? message = error == ErrorCode.None ? null : FixedAnswers.MessageOf(error);
            string? none = null;
            Guid id = default;
            ReadOnlyMemory<byte> bytes = default;
            List<int>? empty = [];
            switch (kind)
            {
                case AnswerFieldKind.Int8:
                    wire.Int8(ref small);
                    break;
                case AnswerFieldKind.Int32:
                    wire.Int32(ref number);
                    break;
                case AnswerFieldKind.Int64:
                    wire.Int64(ref wide);
                    break;
                case AnswerFieldKind.Error:
                    wire.Error(ref said);
                    break;
                case AnswerFieldKind.Message:
                    wire.NullableString(ref message);
                    break;
                case AnswerFieldKind.Text:
                    wire.String(ref text);
                    break;
                case AnswerFieldKind.NullText:
                    wire.NullableString(ref none);
                    break;
                case AnswerFieldKind.Bytes:
                    wire.Bytes(ref bytes);
                    break;
                case AnswerFieldKind.Uuid:
                    wire.Uuid(ref id);
                    break;
                case AnswerFieldKind.NullStruct:
                    small = -1;
                    wire.Int8(ref small);
                    break;
                default:
                    wire.Int32s(ref empty);
                    break;
            }
        }
    }
}
