namespace Millrace.DevBroker.Protocol;

/// <summary>
/// A structure of the protocol. It names its fields once, in wire order and with the versions they exist in; <see cref="Wire"/> uses that
/// one description for reading and for writing. Tagged fields at the end of a structure are handled by <see cref="Wire"/>.
/// </summary>
internal interface IMessage
{
    void Describe(Wire wire);
}
