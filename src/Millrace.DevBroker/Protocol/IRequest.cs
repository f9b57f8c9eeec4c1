namespace Millrace.DevBroker.Protocol;

/// <summary>A request body that knows which request kind and versions it describes.</summary>
internal interface IRequest : IMessage
{
    static abstract ApiDescription Api { get; }
}
