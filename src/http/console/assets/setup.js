// The setup guide and the connection.
